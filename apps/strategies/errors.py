"""The room's errors.

CashUpError
├── InvalidInput      parameter, option, period or strategy name breaks a rule
├── NotFound          no such strategy
└── SourceChanged     the file is no longer the one this backtest was asked for
"""

from apps.common.errors import Conflict


class SourceChanged(Conflict):
    code = "source-changed"
