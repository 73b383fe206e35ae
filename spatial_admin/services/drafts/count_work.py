"""Numbers of what waits and what was done, as an operator's monitoring reads them."""

from __future__ import annotations

from sqlalchemy import text

from spatial_admin.models import db

# Estimates and indexed counts only: monitoring asks every few seconds, and must not read a million parcels each time.
COUNTS = """
SELECT 'spatial_admin_parcels_estimate' AS name, '' AS label, greatest(reltuples, 0)::bigint AS value
FROM pg_class WHERE oid = 'parcel'::regclass
UNION ALL
SELECT 'spatial_admin_findings_open', rule, count(*) FROM finding WHERE status = 'open' GROUP BY rule
UNION ALL
SELECT 'spatial_admin_imports', state, count(*) FROM import_batch GROUP BY state
UNION ALL
SELECT 'spatial_admin_database_connections', coalesce(state, 'none'), count(*) FROM pg_stat_activity
WHERE datname = current_database() GROUP BY state
ORDER BY 1, 2
"""
LABELS = {
    "spatial_admin_findings_open": "rule",
    "spatial_admin_imports": "state",
    "spatial_admin_database_connections": "state",
}


def count_work() -> str:
    """The counts in Prometheus' text format: gauges of the database."""
    lines: list[str] = []
    for name, label, value in db.session.execute(text(COUNTS)):
        if not any(line.startswith(f"# TYPE {name} ") for line in lines):
            lines.append(f"# TYPE {name} gauge")
        lines.append(f'{name}{{{LABELS[name]}="{label}"}} {value}' if name in LABELS else f"{name} {value}")
    return "\n".join(lines) + "\n"
