/**
 * Entry of the admin's pages that name a record and have no map.
 *
 * @module main_record
 */

import { Api } from './api.js';
import { readConfig } from './config.js';
import { bindFormRecord } from './panels/form_record.js';

const config = readConfig();
for (const form of document.querySelectorAll('form')) bindFormRecord(form, new Api(config), config);
