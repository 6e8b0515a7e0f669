"""The buttons of tasks."""

from dataclasses import dataclass

from handlers.taps import Tap


@dataclass(frozen=True)
class ShowTodo(Tap, verb="todo"):
    page: int


@dataclass(frozen=True)
class Called(Tap, verb="todocall"):
    """They were called: the next message says what was said, and the task is done."""

    task: int


@dataclass(frozen=True)
class FinishTask(Tap, verb="tododone"):
    """They heard of it some other way."""

    task: int


@dataclass(frozen=True)
class DropTask(Tap, verb="tododrop"):
    """They need not hear of it any more."""

    task: int


@dataclass(frozen=True)
class TakeTask(Tap, verb="todotake"):
    task: int


@dataclass(frozen=True)
class SayUnsaid(Tap, verb="todosay"):
    """They can be reached again: send them what they missed."""

    task: int
