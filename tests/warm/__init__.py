"""Processes of the bot that start at once: forked off one that has loaded what they load.

``python -m bot.reporter`` takes a second and more of imports, each time. In a test that is told so, a small
process stands in for it: it hands its pipes to a server that forks, and ends as the fork ends; when it is
killed, so is the fork. What runs in the fork is what ``python -m`` runs.
"""
