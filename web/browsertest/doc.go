// Package browsertest drives the page, the SDK and a page of the article's kind in Chromium
// against a running engine. It holds tests only. They are skipped where there is no Chromium;
// with PARLEY_REQUIRE_ALL=1 in the environment they fail instead.
package browsertest
