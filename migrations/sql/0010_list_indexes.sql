-- Indexes that lists, search and nearest read by. Each of parcel's is written by every edit that moves a boundary (such
-- an UPDATE writes all indexes of the row), so there are no more than pages ask for; docs/lists.md has what they cost.
-- `name | on which table and how`; migration 0010 makes each CONCURRENTLY.

-- Order by id, and ids that begin with a word. COLLATE "C", because another collation's index cannot answer LIKE 'word%'.
ix__parcel__lower_id | parcel ((lower(parcel_id) COLLATE "C"), id)
-- The same of numbers; parcels without one come first.
ix__parcel__lower_number | parcel ((coalesce(lower(number), ''::text) COLLATE "C"), id)
-- Order by area.
ix__parcel__area_m2 | parcel (area_m2, id)
-- The few of a rare kind or level. Repeated values are stored once: 7 MB for a million rows.
ix__parcel__kind | parcel (kind, level)
-- Retired parcels; current ones do not pay for it.
ix__parcel__retired | parcel (id) WHERE end_lifespan_version IS NOT NULL
-- Changes of parcels that are not their making; a bulk import does not pay for it.
ix__parcel_version__change | parcel_version (change, id) WHERE change <> 'created'
-- The gravest first.
ix__finding__measure | finding ((coalesce(measure, 0::double precision)), id)
-- What an edit did to findings: to undo it, and to count what an import opened.
ix__finding_event__edit_id | finding_event (edit_id)
-- Words in the reasons of edits.
ix__edit__comment | edit USING gin (lower(comment) gin_trgm_ops)
ix__edit__nature | edit (nature, id) WHERE nature <> 'correction'
ix__record__type | record (type, id)
ix__record__received | record (received, id)
ix__record__effective_from | record ((coalesce(effective_from, '9999-12-31'::date)), id)
-- Refused rows of imports; the many that are admitted never enter either.
ix__staged_parcel__refused | staged_parcel (decision, id) WHERE decision IN ('quarantined', 'rejected')
ix__staged_parcel__words | staged_parcel USING gin (lower(coalesce(parcel_id, ''::text) || ' ' || coalesce(reason, ''::text)) gin_trgm_ops) WHERE decision IN ('quarantined', 'rejected')
ix__job_run__state | job_run (state, id)
ix__zoning_district__code | zoning_district (code, id)
