"""The exception tree. A message says what was expected, what came, and what to do.

AppError
  SettingsError              a setting that does not fit; told at the start alone
  MediaError                 a picture, a sound or a clip that cannot be used
  EngineUnavailable          not installed or no weights; says what brings it
  EngineFailed               it was there and failed
  SessionError               400  a message, a body or a wish that does not fit
    NotFound                 404  unknown, foreign or expired
    Refused                  403  not allowed: scope, purpose
      Unauthorised           401  nobody is known by this token, code or password
    Limit                    429  too many, too fast
      TooLarge               413  a body or a file over its limit
    Taken                    409  somebody has this name already
    Outdated                 409  the answer is to words that have changed since they were shown
    Closed                   409  it has ended
  StoreError                 the database could not be opened, written or emptied
  ReplyError                 a reply engine broke off
"""

from __future__ import annotations


class AppError(Exception):
    """Root of everything this program raises on purpose; `code` is the stable word for clients."""

    code = "app_error"
    status = 500

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code

    @property
    def message(self) -> str:
        """The sentence for the person."""
        return str(self)


class SettingsError(AppError):
    code = "settings"


class MediaError(AppError):
    code = "media"
    status = 415


class EngineUnavailable(AppError):
    code = "engine_unavailable"
    status = 503


class EngineFailed(AppError):
    code = "engine_failed"


class SessionError(AppError):
    code = "session"
    status = 400


class NotFound(SessionError):
    code = "not_found"
    status = 404


class Refused(SessionError):
    code = "refused"
    status = 403


class Unauthorised(Refused):
    code = "unauthorised"
    status = 401


class Limit(SessionError):
    code = "limit"
    status = 429


class TooLarge(Limit):
    code = "too_large"
    status = 413


class Taken(SessionError):
    code = "taken"
    status = 409


class Outdated(SessionError):
    code = "outdated"
    status = 409


class Closed(SessionError):
    code = "closed"
    status = 409


class StoreError(AppError):
    code = "store"


class ReplyError(AppError):
    code = "reply"
