"""How often a password may be tried."""

import hashlib
from typing import Any

from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle


class LoginThrottle(SimpleRateThrottle):
    """Per name and address, so that a stranger cannot lock somebody out."""

    scope = "login"

    def get_cache_key(self, request: Request, view: Any) -> str:
        data = request.data if isinstance(request.data, dict) else {}
        who = f"{data.get('username', '')}|{self.get_ident(request)}".lower()
        digest = hashlib.sha256(who.encode()).hexdigest()
        return self.cache_format % {"scope": self.scope, "ident": digest}


class LoginAddressThrottle(SimpleRateThrottle):
    """Per address, against trying one password on many names."""

    scope = "login-address"

    def get_cache_key(self, request: Request, view: Any) -> str:
        ident = self.get_ident(request)
        return self.cache_format % {"scope": self.scope, "ident": ident}
