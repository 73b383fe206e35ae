"""Accounts: who may sign in, with which roles. Only administrators; nobody is ever deleted, because edits name them."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import flash, make_response, redirect, request
from flask_admin import expose
from markupsafe import Markup
from sqlalchemy import select
from wtforms import BooleanField, EmailField, PasswordField, SelectMultipleField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from spatial_admin.admin import presentation as show
from spatial_admin.admin.base_view import Facet, Section, SiteView
from spatial_admin.admin.site_form import SiteForm
from spatial_admin.errors import BadRequest
from spatial_admin.models import ROLES, Account, ApiToken, db
from spatial_admin.services.accounts.manage_accounts import change_account, create_account
from spatial_admin.services.shared.authorize import ADMINISTRATOR, require_role

ROLE_CHOICES = [SelectChoice(name, f"{name}: {does}") for name, does in ROLES.items()]


class RoleInput(CheckboxInput):
    """A box that may stay empty: one of the roles is required, and a browser would ask for each."""

    validation_attrs = ["disabled"]  # noqa: RUF012 (WTForms declares it of an instance)


class RolesField(SelectMultipleField):
    """One checkbox a role."""

    widget = ListWidget(prefix_label=False)
    option_widget = RoleInput()


class NewAccountForm(SiteForm):
    """A new account; without a password one is made and shown once."""

    email = EmailField("Email", [InputRequired()])
    roles = RolesField("Roles", [InputRequired()], choices=ROLE_CHOICES)
    password = PasswordField("Password", description="Leave it empty to have one made.")


class AccountForm(SiteForm):
    """An account as it is."""

    roles = RolesField("Roles", [InputRequired()], choices=ROLE_CHOICES)
    active = BooleanField("May sign in")
    password = PasswordField("New password", description="Leave it empty to keep the one they have.")


def _roles(_view: Any, _context: Any, row: Account, _name: str) -> Markup:
    return Markup(" ").join(Markup('<span class="chip">{}</span>').format(role.name) for role in row.roles)


class AccountView(SiteView):
    """Accounts by email."""

    role = ADMINISTRATOR
    intro = "People who may sign in. Edits name their author, so an account is made inactive, never deleted."
    searched = (Account.email,)
    search_text = "Email"
    can_create = True
    can_edit = True
    create_label = "New account"
    column_list = ("email", "roles", "active", "created_at")
    column_details_list = ("email", "roles", "active", "created_at")
    column_labels: ClassVar[dict[str, str]] = {"active": "May sign in", "created_at": "Created (UTC)"}
    column_default_sort = ("email", False)
    orders: ClassVar[dict[str, Any]] = {"email": Account.email}
    column_formatters: ClassVar[dict[str, Any]] = {
        "email": lambda _v, _c, row, _n: show.row_link("account.edit_view", row.id, row.email),
        "roles": _roles,
        "active": lambda _v, _c, row, _n: "yes" if row.active else Markup('<span class="chip">no</span>'),
        "created_at": show.moment,
    }
    facets = (
        Facet(
            "active",
            "May sign in",
            lambda: [("", "any"), ("yes", "yes"), ("no", "no")],
            lambda value: Account.active.is_(value == "yes") if value else None,
        ),
    )

    def sections(self, model: Account) -> list[Section]:
        """The tokens of the account's clients; only their digests are kept."""
        tokens = db.session.scalars(select(ApiToken).where(ApiToken.account_id == model.id).order_by(ApiToken.id))
        rows = [(token.name, show.moment_of(token.created_at), show.moment_of(token.expires_at)) for token in tokens]
        return [Section("Tokens", ("For", "Created (UTC)", "Expires (UTC)"), rows)]

    @expose("/new/", methods=("GET", "POST"))  # type: ignore[untyped-decorator]  # as above
    def create_view(self) -> Any:
        """Make an account."""
        require_role(ADMINISTRATOR)
        form = NewAccountForm(request.form)
        if request.method == "POST" and form.validate():
            try:
                _, password = create_account(form.email.data or "", form.roles.data or [], form.password.data or None)
            except BadRequest as error:
                _blame(form, error)
            else:
                said = "" if form.password.data else f" Their password, shown only now: {password}"
                flash(f"Created {form.email.data}.{said}", "success")
                return redirect(self.get_url(".index_view"), code=303)
        return self._form(self.create_template, form)

    @expose("/edit/", methods=("GET", "POST"))  # type: ignore[untyped-decorator]  # as above
    def edit_view(self) -> Any:
        """Change roles, whether they may sign in, or the password."""
        require_role(ADMINISTRATOR)
        account = self.get_one(request.args.get("id"))
        shown = {"roles": [role.name for role in account.roles], "active": account.active}
        form = AccountForm(request.form if request.method == "POST" else None, data=shown)
        if request.method == "POST" and form.validate():
            password = form.password.data or None
            try:
                change_account(account.id, roles=form.roles.data, is_active=form.active.data, password=password)
            except BadRequest as error:
                _blame(form, error)
            else:
                flash(f"Saved {account.email}.", "success")
                return redirect(self.get_url(".index_view"), code=303)
        return self._form(
            self.edit_template, form, model=account, heading=account.email, sections=self.sections(account)
        )

    def _form(self, template: str, form: Any, **more: Any) -> Any:
        html = self.render(template, form=form, return_url=self.get_url(".index_view"), **more)
        return make_response(html, 422 if form.errors else 200)


def _blame(form: Any, error: BadRequest) -> None:
    """Show the error beside the field it names."""
    name = {"role": "roles"}.get(error.where, error.where)
    field = form[name] if name in form else form["roles"]
    field.errors = [*field.errors, f"{error.why[:1].upper()}{error.why[1:]}."]
