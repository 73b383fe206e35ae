"""Rules: what is looked for, how bad it is, by which numbers; scans of the whole coverage; land known to be open."""

from __future__ import annotations

from typing import Any, Final

from flask import flash, redirect, request, url_for
from flask_admin import expose
from markupsafe import Markup
from sqlalchemy import select
from wtforms import BooleanField, FloatField, SelectField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs
from wtforms.validators import InputRequired, NumberRange

from spatial_admin.admin.administrator_view import AdministratorView
from spatial_admin.admin.site_form import SiteForm
from spatial_admin.cadastre.rules import RULES, SEVERITIES, Rule
from spatial_admin.errors import BadRequest, NotFound
from spatial_admin.models import KnownGap, Scan, db
from spatial_admin.services.findings.declare_gaps import forget_gap
from spatial_admin.services.findings.load_rules import RuleChange, rule_book, save_rule
from spatial_admin.services.findings.queue_scan import queue_scan
from spatial_admin.services.shared.authorize import ADMINISTRATOR, require_role
from spatial_admin.services.shared.name_references import emails_of

SHOWN_SCANS: Final = 10
SHOWN_GAPS: Final = 200
LONGEST_NUMBER: Final = 18


def form_of(rule: Rule) -> type[SiteForm]:
    """The form of a rule: severity, switches as far as they may be moved, and a field for each of its numbers."""
    fields: dict[str, Any] = {
        "severity": SelectField("Severity", choices=[SelectChoice(name, name) for name in SEVERITIES])
    }
    if not rule.always_blocks:
        fields["is_on"] = BooleanField("Looked at by edits, imports and scans")
    if rule.may_block:
        fields["blocks"] = BooleanField("Blocks: an edit that makes such an error is refused")
    for parameter in rule.parameters:
        within = NumberRange(
            parameter.least, parameter.most, f"It takes {parameter.least:g} to {parameter.most:g} {parameter.unit}."
        )
        label = f"{parameter.name.rpartition('_')[0].replace('_', ' ') or parameter.name} ({parameter.unit})"
        fields[parameter.name] = FloatField(label, [InputRequired(), within], description=parameter.sentence)
    return type("RuleForm", (SiteForm,), fields)


class RulesView(AdministratorView):
    """Administrators set rules and ask for scans."""

    @expose("/")  # type: ignore[untyped-decorator]  # Flask-Admin ships no types
    def index(self) -> Any:
        """Every rule as it is set, the last scans, and the known gaps."""
        book = rule_book()  # before the page's session holds a connection: it may take one of its own
        scans = db.session.scalars(select(Scan).order_by(Scan.id.desc()).limit(SHOWN_SCANS)).all()
        gaps = db.session.scalars(select(KnownGap).order_by(KnownGap.id.desc()).limit(SHOWN_GAPS)).all()
        emails = emails_of(db.session(), [one for gap in gaps for one in (gap.declared_by, gap.approved_by)])
        return self.render("admin/rules.html", rules=RULES, book=book, scans=scans, gaps=gaps, emails=emails)

    @expose("/<rule_name>/", methods=("GET", "POST"))  # type: ignore[untyped-decorator]  # Flask-Admin ships no types
    def rule(self, rule_name: str) -> Any:
        """Set one rule."""
        rule = RULES.get(rule_name)
        if rule is None:
            raise NotFound("rule", rule_name[:100])
        setting = rule_book().settings[rule_name]
        form = form_of(rule)(
            request.form if request.method == "POST" else None,
            data={
                "severity": setting.severity,
                "is_on": setting.is_on,
                "blocks": setting.blocks,
                **dict(setting.numbers),
            },
        )
        if request.method == "POST" and form.validate():
            change = RuleChange(
                rule_name,
                form.severity.data,
                is_on=rule.always_blocks or bool(form.is_on.data),
                blocks=rule.always_blocks or (rule.may_block and bool(form.blocks.data)),
                numbers={parameter.name: float(form[parameter.name].data) for parameter in rule.parameters},
            )
            save_rule(change, require_role(ADMINISTRATOR).id)
            flash("The rule is set. Findings follow with the next scan.", "success")
            return redirect(self.get_url(".index"), code=303)
        return self.render("admin/rule_form.html", form=form, rule=rule)

    @expose("/scan", methods=("POST",))  # type: ignore[untyped-decorator]  # Flask-Admin ships no types
    def scan(self) -> Any:
        """Queue a scan and show its job."""
        number = queue_scan(require_role(ADMINISTRATOR).id)
        flash(Markup("A scan is asked for; job {} does it.").format(number), "success")
        return redirect(url_for("job.details_view", id=number), code=303)

    @expose("/forget-gap", methods=("POST",))  # type: ignore[untyped-decorator]  # Flask-Admin ships no types
    def forget(self) -> Any:
        """Take back that land is declared open; findings of gaps declare it (finding_steps.py)."""
        forget_gap(_number("gap"))
        flash("The land is open without a reason again; the next scan finds it.", "success")
        return redirect(self.get_url(".index"), code=303)


def _number(field: str) -> int:
    text = request.form.get(field, "")
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER):
        raise BadRequest(field, "it is a number as the lists show it")
    return int(text)
