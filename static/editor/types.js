/**
 * The types that the editor's modules share. Only type definitions: this file has no code.
 *
 * Words as in ARCHITECTURE.md: a *point* is one coordinate pair with every occurrence of it in any ring; an
 * *operation* is one step as the server understands it; an *edit* is the list of operations saved together.
 *
 * @module types
 */

/** Exact storage coordinates, the very doubles received. @typedef {[number, number]} StoragePair */

/** Degrees, WGS 84. @typedef {{lon: number, lat: number}} LonLat */

/** How an operation names a point or gives a position. @typedef {StoragePair | LonLat} Token */

/** A point's identity inside the editor: the key of the token that first named it. @typedef {string} PointId */

/**
 * @typedef {object} Point
 * @property {PointId} id
 * @property {Token} name what the server calls it; never changes during an edit, wherever the point goes
 * @property {number} lon degrees
 * @property {number} lat degrees
 * @property {StoragePair | null} pair storage coordinates: exact where they were loaded or given, where lon/lat was given as
 *   near as can be told before it is saved; null only while a point is being dragged
 * @property {string} at key of the place where it stands; another point may come to a place that was left
 */

/**
 * A place that a tool proposes. `token` is what is sent; an existing point's own name makes it that point.
 * @typedef {{lon: number, lat: number, token: Token}} Position
 */

/** Not closed: the last point is followed by the first. @typedef {PointId[]} Ring */

/** Exterior ring first, then interior rings. @typedef {Ring[]} Part */

/** west, south, east, north in degrees. @typedef {[number, number, number, number]} Box */

/** @typedef {Record<string, unknown>} Properties */

/**
 * @typedef {object} Parcel
 * @property {string} id permanent identity (parcel_id)
 * @property {number} version the version that was loaded
 * @property {string} level
 * @property {Part[]} parts
 * @property {Properties} properties
 */

/** @typedef {{op: 'move_point', at: Token, to: Token, carry_line_points?: boolean, join_within_m?: number}} MovePoint */
/** @typedef {{op: 'insert_point', between: [Token, Token], at: Token}} InsertPoint */
/** @typedef {{op: 'remove_point', at: Token}} RemovePoint */
/** @typedef {{op: 'update', parcel_id: string, properties: Properties}} Update */
/** @typedef {{op: 'retire', parcel_id: string}} Retire */
/** @typedef {{legal_area?: string, text?: string, properties?: Properties}} MergeAttributes */
/** @typedef {{op: 'merge', parcels: string[], into: string, attributes?: MergeAttributes}} Merge */
/** @typedef {{legal_area?: string, text?: string, pieces?: (Properties | null)[]}} SplitAttributes */
/**
 * @typedef {object} Split by a line, by area or into equal parts
 * @property {'split'} op
 * @property {string} parcel_id
 * @property {Token[]} [line]
 * @property {number} [area_m2]
 * @property {number} [direction_deg]
 * @property {number} [equal_parts]
 * @property {(string | null)[]} [into]
 * @property {SplitAttributes} [attributes]
 */
/** @typedef {{op: 'replace_boundary', from: Token, to: Token, via?: Token[], parcels?: string[]}} ReplaceBoundary */
/**
 * @typedef {object} Draw
 * @property {'draw'} op
 * @property {string} kind
 * @property {Token[][] | Token[][][]} rings of one part, or parts of rings
 * @property {string} [parcel_id]
 * @property {string | null} [number]
 * @property {string} [level]
 * @property {Properties} [properties]
 * @property {boolean} [fill] only the free land within it; the server's alone
 */
/** @typedef {{op: 'restore', parcel_id: string, version: number}} Restore as the parcel was at a version */
/** @typedef {MovePoint | InsertPoint | RemovePoint | Update | Retire | Merge | Split | ReplaceBoundary | Draw | Restore} Operation */

/**
 * One parcel as GET /api/coverage gives it: rings are lists of indices into `points`.
 * @typedef {object} CoverageParcel
 * @property {string} parcel_id
 * @property {string | null} number
 * @property {number} version
 * @property {string} level
 * @property {string} kind
 * @property {number[][][]} parts
 * @property {Properties} properties
 */

/** @typedef {[number, number, number, number]} CoveragePoint x, y, lon, lat */

/**
 * @typedef {object} Coverage
 * @property {number} srid
 * @property {number} grid
 * @property {CoveragePoint[]} points
 * @property {CoverageParcel[]} parcels
 * @property {number} [gap_width_m] from which width on open land is no gap, put in as the next
 * @property {number} [node_within_m] noding distance of this deployment, put in by the editor's own api module, as the next
 * @property {[number, number, number, number]} [extent]
 * @property {boolean} [is_geographic]
 * @property {number} [metres_per_unit]
 */

/** A record as an answer about something else names it. @typedef {{id: number, type: string, number: string | null}} CitedRecord */

/**
 * @typedef {object} Conflict one entry of a 409's `conflicts`
 * @property {string} parcel_id
 * @property {number | null} seen
 * @property {number | null} current_version
 * @property {string | null} [changed_by]
 * @property {string | null} [changed_at]
 * @property {CitedRecord | null} [record] what theirs rests on
 * @property {string | null} [base_at] since when the version was current that was seen
 * @property {CitedRecord | null} [base_record]
 * @property {boolean} [can_rebase]
 * @property {Coverage | null} [base]
 * @property {Coverage | null} [current]
 * @property {{properties?: {retired_at?: string | null}} | null} [current_feature]
 */

/**
 * @typedef {object} Refusal one entry of a 422's `findings`
 * @property {string} rule
 * @property {string[]} parcels
 * @property {{type: string, coordinates: unknown, geometries?: unknown[]} | null} place GeoJSON geometry, lon/lat
 * @property {number | null} measure
 * @property {string} message
 */

/**
 * A stored finding as GET /api/findings lists it, as far as the map needs it. Its place may be unknown.
 * @typedef {{id: number, rule: string, status: string, parcels: string[], measure: number | null, place: Refusal['place']}} StoredFinding
 */

/**
 * RFC 9457 problem, with this product's extensions.
 * @typedef {object} Problem
 * @property {string} type
 * @property {string} [title]
 * @property {string} [detail]
 * @property {number} [status]
 * @property {Conflict[]} [conflicts]
 * @property {Refusal[]} [findings]
 * @property {number} [operation]
 * @property {{parcel_id: string, current: number}[]} [missing]
 * @property {number} [record_id] of a record that may not carry the edit
 * @property {any} [current] the thing that somebody else changed meanwhile, as it is now
 */

/**
 * @typedef {object} Receipt
 * @property {number} edit_id
 * @property {string} key
 * @property {{parcel_id: string, version: number, change: string, area_m2_before: number | null,
 *   area_m2_after: number | null}[]} parcels
 * @property {MovedDispute[]} [disputed] disputed boundaries that it moved
 */

/**
 * @typedef {object} MovedDispute a disputed boundary that an edit moves
 * @property {number} dispute_id
 * @property {string[]} numbers of its parcels
 * @property {string} reason
 * @property {string | null} marked_by
 * @property {string} marked_at
 * @property {Refusal['place']} place
 */

/**
 * @typedef {object} RecordSummary a record as GET /api/records lists it, as far as the editor needs it
 * @property {number} id
 * @property {string} type
 * @property {string | null} number as the document is cited
 * @property {string} title
 * @property {string} state
 */

/**
 * @typedef {object} EditBody what POST /api/edits takes
 * @property {string} key
 * @property {string} comment
 * @property {Record<string, number>} seen
 * @property {Operation[]} operations
 * @property {'reject'} if_stale
 * @property {number} [record_id]
 * @property {{import: number, row: number}} [admits] the refused row of an import that it makes a parcel of
 */

/**
 * @typedef {object} DraftContent what an edit that is not saved yet holds
 * @property {string} comment
 * @property {number | null} record_id
 * @property {Record<string, number>} seen
 * @property {Operation[]} operations
 * @property {string} title what its owner calls it, or would be told it by
 * @property {string[]} notes what was decided when each operation was made (describe.js)
 * @property {{import: number, row: number} | null} [admits] the refused row of an import that it makes a parcel of
 */

/**
 * A draft as GET /api/drafts lists it, as far as the editor needs it.
 * @typedef {{id: number, key: string, version: number, operation_count: number, changed_at: string, title: string, parcels: string[],
 *   state: 'open' | 'submitted' | 'returned', reverts: number | null, event: {by: string, at: string, comment: string} | null}} DraftSummary
 */

/**
 * A time that is not now: what was stored at a moment (RFC 3339), what is in force on a day, or this as known at that.
 * @typedef {{at: string | null, legal_at: string | null}} AsOf
 */

/**
 * A base map of the operator's: squares by a template of addresses, or, with `wms_layers`, a Web Map Service.
 * @typedef {{name: string, url: string, attribution: string, wms_layers?: string}} Basemap
 */

/**
 * @typedef {object} EditorConfig
 * @property {'map' | 'form'} mode
 * @property {{email: string, roles: string[]}} user
 * @property {boolean} can_edit
 * @property {string} csrf_token
 * @property {number} srid
 * @property {string} srid_name
 * @property {boolean} is_geographic
 * @property {number} grid
 * @property {number} [gap_width_m]
 * @property {number} [node_within_m]
 * @property {[number, number, number, number]} extent where points may lie: west, south, east, north in storage units
 * @property {string[]} exclusive_levels in which parcels may not overlap
 * @property {import('./rules/rule_book.js').RuleSettings} [rules] as administrators have set them
 * @property {number} [metres_per_unit] of a storage unit, where the storage system is projected
 * @property {Box} home_bbox
 * @property {Basemap[]} basemaps
 * @property {string | null} parcel
 * @property {StoredFinding | null} [finding] that the address names
 * @property {import('./quarantine/row_card.js').QuarantinedRow | null} [quarantine] the refused row that the address names
 * @property {AsOf | null} [as_of] the time that the page shows; none for now
 * @property {{coverage: string, edits: string, parcels: string, login: string, parcel_admin: string, records: string,
 *   findings: string, edit_admin: string, record_admin: string, positions: string, drafts: string, waiting_admin: string, tiles: string, tile_changes: string, zoning: string, references: string}} urls
 * @property {boolean} record_required every edit must name the record that it rests on
 * @property {string[]} needs_approval natures of edits that somebody else has to approve
 * @property {RecordSummary | null} [record] what a form that came back had named
 * @property {number} snap_px
 * @property {{parcels: number, points: number}} limits
 * @property {Operation[]} [operations]
 * @property {Record<string, number>} [seen]
 * @property {string} [draft_key] of the draft that a form that came back was kept as
 * @property {Problem | null} [problem]
 */

export {};
