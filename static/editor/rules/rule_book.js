/**
 * The rules that the browser judges by, as administrators have set them. The page is given them, and every dry run answers
 * those that it was judged by: a map that is open all day follows what is set meanwhile.
 *
 * @module rules/rule_book
 */

/** @typedef {'overlap' | 'stack' | 'sliver' | 'gap'} JudgedRule those that are looked at while a hand moves */

/** @typedef {{is_on: boolean, blocks: boolean, numbers: Record<string, number>}} RuleSetting */

/** By rule, as the server gives them. @typedef {Record<string, RuleSetting>} RuleSettings */

export class RuleBook {
  /** @param {RuleSettings} [settings] what is not said of a rule is as the catalogue has it: on, and of gaps that they block nothing */
  constructor(settings = {}) {
    this.settings = settings;
  }

  /**
   * @param {JudgedRule} rule
   * @returns {boolean} whether it is looked at
   */
  isOn(rule) {
    return this.settings[rule]?.is_on ?? true;
  }

  /**
   * @param {JudgedRule} rule
   * @returns {boolean} whether what it newly finds refuses an edit
   */
  blocks(rule) {
    return this.settings[rule]?.blocks ?? false;
  }

  /**
   * @param {JudgedRule} rule
   * @param {string} name
   * @param {number} usual
   * @returns {number} one of its numbers
   */
  number(rule, name, usual) {
    return this.settings[rule]?.numbers[name] ?? usual;
  }

  /**
   * @param {RuleSettings | undefined} settings
   * @returns {RuleBook} with these; the same book where they are the same, for what was judged by it stands
   */
  renewed(settings) {
    return !settings || JSON.stringify(settings) === JSON.stringify(this.settings) ? this : new RuleBook(settings);
  }
}

/** As the catalogue has them. */
export const USUAL = new RuleBook();

/** What the browser judges by. */
export class Judging {
  /**
   * @param {readonly string[]} levels in which parcels may not overlap
   * @param {RuleSettings} [settings]
   */
  constructor(levels, settings) {
    /** @type {ReadonlySet<string>} */
    this.exclusive = new Set(levels);
    this.rules = new RuleBook(settings);
  }

  /** @param {RuleSettings | undefined} settings as the server has judged by them just now */
  renew(settings) {
    this.rules = this.rules.renewed(settings);
  }
}
