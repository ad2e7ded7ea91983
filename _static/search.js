// The search: this is on every page, and the rest is loaded when it is wanted.
window.bookSearch = {};
