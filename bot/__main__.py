"""python -m bot …"""

from bot.loading import quickly

with quickly():
    from bot.cli import app

app(prog_name="python -m bot")
