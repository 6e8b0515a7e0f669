"""Pictures and printed pages of reports: pure functions of kept figures. Only a process of its own imports them:
drawing takes a second, and what draws takes half of one to load.
"""
