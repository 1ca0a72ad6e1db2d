"""Page titles and findings, each by a rule over the figures.

A rule that has nothing true to say says nothing.  No rule claims a cause: the ledger shows what
happened, not why.  Members in a sentence are listed by the money they hold.
"""
