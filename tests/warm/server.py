"""The process that has loaded everything: ``python -m tests.warm.server SOCKET``, until its stdin ends."""

import json
import os
import runpy
import select
import signal
import socket
import sys
import traceback
import warnings
from importlib import import_module
from pathlib import Path
from threading import Thread

from bot import child

HOUSE = Path(__file__).parent.parent.parent


STAND_IN = Path(__file__).with_name("stand_in.py")


def started_by(server: Path) -> list[str]:
    """What a process is started with, instead of the interpreter, to be a fork of the server there."""
    return [sys.executable, "-I", "-S", str(STAND_IN), str(server)]


def load() -> None:
    """All that a process of the bot loads, and what it loads late."""
    for module in ("bot.cli", "bot.import_cli", "bot.runtime"):
        import_module(module)
    for path in [*sorted((HOUSE / "bot").glob("*.py")), *sorted((HOUSE / "bot" / "pictures").glob("*.py"))]:
        if path.parent.name == "pictures" or "    attend()" in path.read_text(encoding="utf-8"):
            import_module(".".join(path.relative_to(HOUSE).with_suffix("").parts))


def serve(listening: socket.socket) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the forks but their stand-ins
    while True:
        ready, _, _ = select.select([listening, sys.stdin], [], [])
        if sys.stdin in ready:
            return
        stand_in, _ = listening.accept()
        if os.fork() == 0:
            listening.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _work(stand_in)
        stand_in.close()


def _work(stand_in: socket.socket) -> None:
    """In the fork: be the process that the stand-in stands for. Never returns."""
    code = 1
    try:
        _, pipes, _, _ = socket.recv_fds(stand_in, 1, 3)
        with stand_in.makefile("rb") as said:
            order = json.load(said)
        for number, pipe in enumerate(pipes):
            os.dup2(pipe, number)
            os.close(pipe)
        os.environ.clear()
        os.environ.update(order["env"])
        os.chdir(order["cwd"])
        sys.argv[1:] = order["words"]
        Thread(target=_end_with, args=(stand_in,), daemon=True).start()
        code = _run(order["module"])
        sys.stdout.flush()
        stand_in.send(bytes([code]))
    finally:
        os._exit(code)


def _run(module: str) -> int:
    try:
        warnings.filterwarnings("ignore", module="runpy")  # "found in sys.modules": that is what it is for
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def _end_with(stand_in: socket.socket) -> None:
    poll = select.poll()
    poll.register(stand_in, 0)  # only that the other side is gone
    poll.poll()
    os._exit(1)


if __name__ == "__main__":
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(sys.argv[1])
        load()
        child.PYTHON = started_by(Path(sys.argv[1]))  # of what runs in a fork
        listening.listen(64)
        print("ready", flush=True)
        serve(listening)
