// Package browsertest drives the page, the SDK and a page of the article's kind in Chromium
// against a running engine. It holds tests only. They are skipped where there is no Chromium;
// with PARLEY_REQUIRE_ALL=1 in the environment they fail instead. PARLEY_CHROMIUM names a
// browser that is not in the path. axe-core and the msgpack library come from npm (npm ci in
// web), and what needs them is treated alike.
// With PARLEY_SCREENSHOTS=FOLDER they leave pictures of every view there, in four sizes, both themes
// and both languages.
package browsertest
