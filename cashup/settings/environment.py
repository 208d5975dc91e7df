"""What the environment says, typed; a bad value stops the start and names itself."""

import secrets
from pathlib import Path

import environ

BASE_DIR = Path(__file__).resolve().parents[2]

env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

VAR_DIR = Path(env.str("CASHUP_VAR", default=str(BASE_DIR / "var")))


def kept_secret(name: str) -> str:
    """The secret from the environment, else one made once and kept under ``var/``.

    The file is what lets ``make dev`` start without a shipped default key.
    """
    if given := env.str(name, default=""):
        return str(given)
    file = VAR_DIR / "secrets" / name.lower()
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48))
        try:
            # Two processes may start at once: the first link wins, both read it.
            file.hardlink_to(draft)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file.read_text()
