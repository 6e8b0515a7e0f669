"""What the bot understands: ``registry`` is the one ordered list, the modules beside it are what it lists.

Nothing is imported here: processes that only draw, count or read a setting need single modules of this
package, and the whole list takes two seconds to load.
"""
