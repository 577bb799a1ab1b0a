// Package dialecttest drives the npm packages of existing clients, unmodified, in Chromium
// against a running engine. It holds tests only. They are skipped where there is no Chromium,
// or where the packages are missing (npm ci in this folder); with PARLEY_REQUIRE_ALL=1 in the
// environment they fail instead. PARLEY_CHROMIUM names a browser that is not in the path.
package dialecttest
