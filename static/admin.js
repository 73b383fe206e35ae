/**
 * What the admin's pages do in the browser besides the map: one listener each, no inline handlers (the content
 * security policy refuses them).
 *
 * @module admin
 */

// A form marked data-confirm asks before it is sent.
document.addEventListener('submit', (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  const question = form.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});

// Choosing an option above a list shows it at once; without scripts there is the button.
for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll('form[data-autosubmit]'))) {
  form.addEventListener('change', (event) => {
    if (event.target instanceof HTMLSelectElement) form.requestSubmit();
  });
}

// What was refused is read first, also by a screen reader.
document.getElementById('problem')?.focus();

// A form that was sent is not sent twice by a double click. Sent twice all the same, it is one edit: the key says so.
for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll('form[data-unsaved]'))) {
  let isSent = false;
  form.addEventListener('submit', (event) => {
    if (isSent) event.preventDefault();
    isSent = true;
  });
  window.addEventListener('pageshow', () => { isSent = false; });
}
