"""Pictures and printed pages of reports: pure functions of kept figures.

Only a process of its own imports them: what draws takes half a second to load.
"""
