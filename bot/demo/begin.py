"""python -m bot demo, from the command to Ctrl-C. The training takes longest: it begins before all else."""

import asyncio
import os
import signal
import tempfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from bot.loading import quickly
from bot.teaching import Order, train

if TYPE_CHECKING:
    from bot.demo.run import Demo

console = Console(highlight=False)


async def demonstrate(*, port: int, language: str | None = None) -> None:
    """Run the demo until Ctrl-C. Its store lives in a temporary folder and is gone afterwards. Raises OSError
    where the port is taken, and BotSilent."""
    at_home = "zh" if os.environ.get("LANG", "").lower().startswith("zh") else "en"
    stopping = asyncio.Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(one, stopping.set)
    training = asyncio.create_task(train(Order([], None, datetime.now(UTC))))
    await asyncio.sleep(0)  # its process starts
    with quickly():
        from bot.demo.run import Demo
    with tempfile.TemporaryDirectory(prefix="zhanggui-demo-") as folder:
        demo = Demo(Path(folder), language=language or at_home, training=training, port=port)
        try:
            await demo.show()
            console.print(f"The shop is open: [bold]{demo.server.page_url}[/]   (Ctrl-C closes it)")
            await _live(demo, stopping)
        finally:
            await demo.close()


async def _live(demo: "Demo", stopping: asyncio.Event) -> None:
    """Until it is to stop, or cannot go on."""
    living, stopped = asyncio.create_task(demo.live()), asyncio.create_task(stopping.wait())
    await asyncio.wait({living, stopped}, return_when=asyncio.FIRST_COMPLETED)
    if living.done():
        living.result()
        await stopped
    living.cancel()
    with suppress(asyncio.CancelledError):
        await living
