"""What goes to the log: events for operators. Never a customer's words, a name or a secret.

An exception's message may quote what a person wrote, and a frame's locals hold it; so of an error only its
type and where it happened are logged, and the message where it can come from nothing but the machine.
"""

import logging
import sys
import traceback
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

FRAMES = 6
MACHINE_ERRORS = (SQLAlchemyError, OSError, NameError, AttributeError)


def brief(error: BaseException) -> str:
    """An error in one line, without anything a person wrote."""
    name = type(error).__name__
    return f"{name}: {str(error).splitlines()[0][:300]}" if _is_ours(error) and str(error) else name


def _is_ours(error: BaseException) -> bool:
    from telegram.error import TelegramError  # slow import, and most commands do without

    # Statements' parameters are hidden by the engine.
    return isinstance(error, (*MACHINE_ERRORS, TelegramError))


def configure() -> None:
    """Lines for a person at a terminal, JSON for a machine; both on standard error."""
    logging.getLogger("telegram").setLevel(logging.CRITICAL)  # its errors are raised, and logged by us
    is_terminal = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            _where,
            structlog.dev.ConsoleRenderer() if is_terminal else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def _where(_logger: Any, _method: str, event: Any) -> Any:
    """Replace ``exc_info`` by the error's type and the frames it came through."""
    info = event.pop("exc_info", None)
    error = info if isinstance(info, BaseException) else sys.exc_info()[1] if info else None
    if error is not None:
        frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
        event["error"] = brief(error)
        event["where"] = " < ".join(f"{one.filename}:{one.lineno} {one.name}" for one in reversed(frames))
    return event
