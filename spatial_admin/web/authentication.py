"""Who asks: a browser by its session, or a client by its own header (Basic, Bearer); the two never mix."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Flask, Request, Response, current_app, g, request, session
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask_login import user_logged_in
from flask_security.core import Security
from flask_security.datastore import SQLAlchemyUserDatastore
from flask_security.forms import LoginForm
from flask_wtf.csrf import CSRFProtect
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.datastructures import Authorization, WWWAuthenticate
from werkzeug.exceptions import Unauthorized
from wtforms import EmailField
from wtforms.validators import InputRequired

from spatial_admin.models import Account, Role, db
from spatial_admin.services.accounts.identify_account import account_of_password, account_of_session, account_of_token
from spatial_admin.services.accounts.recognize_account import LatelyProven
from spatial_admin.settings import Settings
from spatial_admin.web.problems import is_page

# Bearer and never Basic: at a Basic challenge a browser opens its own password window.
CHALLENGE = WWWAuthenticate("bearer", {"realm": "Spatial Admin"})
SESSION_LIFETIME = timedelta(days=14)
# A map asks for dozens of tiles at once: for these an account is not looked up again for some seconds.
RECOGNIZED = frozenset({"tiles.get_tile"})


class SignInForm(LoginForm):
    """Email and password, and whether the session outlives the browser."""

    # Any name that an account has, also one of an internal network that a mail server would refuse.
    email = EmailField("Email", filters=[lambda text: (text or "").strip().lower()], validators=[InputRequired()])


class OwnHeaderSessions(SecureCookieSessionInterface):
    """Sessions of browsers; a request with credentials of its own gets an empty one, which is not kept."""

    _signing: tuple[object, Any] = (
        None,
        None,
    )  # secrets, and what signs by them: to make one is half of opening a cookie

    def get_signing_serializer(self, app: Flask) -> Any:
        """As Flask's, made once for the secrets of the application."""
        secrets_now = (app.secret_key, *(app.config["SECRET_KEY_FALLBACKS"] or ()))
        if self._signing[0] != secrets_now:
            self._signing = (secrets_now, super().get_signing_serializer(app))
        return self._signing[1]

    def open_session(self, app: Flask, request: Request) -> Any:
        """The session of the cookie, or an empty one."""
        return self.session_class() if "Authorization" in request.headers else super().open_session(app, request)

    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
        """Pages renew the cookie of who stays signed in; what they ask for besides does not.

        That runs beside an edit: its answer would put the session of before the edit back, without the mark of it.
        """
        return session.modified or (is_page() and super().should_set_cookie(app, session))

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Set the cookie; a client with its own header gets none."""
        if "Authorization" not in request.headers:
            super().save_session(app, session, response)


def by_session(uniquifier: str) -> str:
    """Under what name a browser's credential is taken for lately proven."""
    return f"session {uniquifier}"


def by_header(header: str) -> str:
    """Under what name a client's credential is."""
    return f"header {header}"


def brings_own_credentials() -> bool:
    """Does this request authenticate itself by its own header? Then its cookies mean nothing."""
    return "Authorization" in request.headers


def configure(app: Flask) -> None:
    """Settings of sessions, Flask-Security and Flask-WTF."""
    settings: Settings = app.config["SETTINGS"]
    app.config.update(
        # Cookies do not tell ports apart: two copies on one machine would sign each other's people out.
        SESSION_COOKIE_NAME=f"spatial_admin_{settings.port}",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        PERMANENT_SESSION_LIFETIME=SESSION_LIFETIME,
        # "Keep me signed in" makes the session permanent instead of using Flask-Login's second cookie, which would be
        # looked at before a client's own header. No request has a cookie of this name.
        REMEMBER_COOKIE_NAME=secrets.token_hex(16),
        # One guard checks all requests (web/request_guard.py); SECURITY_CSRF_PROTECT_MECHANISMS must stay unset.
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: an hour is too short for an afternoon's drawing
        WTF_CSRF_SSL_STRICT=False,  # the guard compares Origin, which proxies leave alone
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106 (the name of a scheme)
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_PASSWORD_SINGLE_HASH={"argon2"},  # no second hash keyed by a setting: passwords outlive SECRET_KEY
        SECURITY_RETURN_GENERIC_RESPONSES=True,
        SECURITY_POST_LOGIN_VIEW="/",
        SECURITY_POST_LOGOUT_VIEW="/login",
        SECURITY_STATIC_FOLDER=None,
        SECURITY_FLASH_MESSAGES=False,
        SECURITY_MSG_UNAUTHENTICATED=("Sign in first.", "error"),
        SECURITY_MSG_GENERIC_AUTHN_FAILED=("This email and password do not belong together.", "error"),
        SECURITY_CLI_USERS_NAME=None,
        SECURITY_CLI_ROLES_NAME=None,
    )


def init_app(app: Flask) -> Security:
    """Sign-in page and session of browsers, and the two headers of clients; CSRFProtect comes before Security."""
    configure(app)
    csrf = CSRFProtect(app)
    app.extensions["spatial_admin.csrf"] = csrf
    app.session_interface = OwnHeaderSessions()
    security = Security(app, SQLAlchemyUserDatastore(db, Account, Role), login_form=SignInForm)
    # Flask-Principal would look the account up for every static file; roles are read from the account instead.
    security.principal.identity_loaders.clear()
    app.extensions["spatial_admin.lately_proven"] = LatelyProven()
    security.login_manager.user_loader(account_of_cookie)
    security.login_manager.request_loader(account_of_header)
    user_logged_in.connect(_keep_signed_in, app)
    return security


def _keep_signed_in(_app: Flask, **_signal: Any) -> None:
    if session.pop("_remember", None) == "set":
        session.permanent = True


def account_of_cookie(uniquifier: str) -> Account | None:
    """The account that the session of a browser names.

    Where no server says who it is, the page that tells so is nobody's: its header asks who looks, and would fail again.
    """
    try:
        return _recognized(by_session(uniquifier), lambda: account_of_session(uniquifier))
    except SQLAlchemyError:
        g._login_user = current_app.login_manager.anonymous_user()  # type: ignore[attr-defined]  # noqa: SLF001
        raise


def _recognized(credential: str, prove: Callable[[], Account | None]) -> Account | None:
    if request.endpoint not in RECOGNIZED:
        return prove()
    lately: LatelyProven = current_app.extensions["spatial_admin.lately_proven"]
    return lately.account(credential, prove)


def _proven_by(given: Authorization | None) -> Account | None:
    if given is not None and given.type == "basic":
        return account_of_password(given.username or "", given.password or "")
    if given is not None and given.type == "bearer":
        return account_of_token(given.token or "")
    return None


def account_of_header(request: Request) -> Account | None:
    """The account that a client's own header proves; a header that proves none is refused, never passed over."""
    if "Authorization" not in request.headers:
        return None
    header = request.headers["Authorization"]
    account = _recognized(by_header(header), lambda: _proven_by(request.authorization))
    if account is None:
        raise Unauthorized("These credentials are not known, or no longer valid.", www_authenticate=CHALLENGE)
    return account
