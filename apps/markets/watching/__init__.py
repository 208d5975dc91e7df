"""Which instruments a watch-list holds, and why: facts and a rule in, verdicts out.

No Django here, no clock and no database: the same facts give the same verdicts.
"""
