# SPDX-License-Identifier: MIT
# Sourced by test/check/run: steps, each timed and counted. What one says is
# kept in build/check/ and shown when it fails.
logs=build/check
passed=0
failed=0
mkdir -p "$logs"

begin() { # NAME
	log=$logs/$(echo "$1" | tr -cs 'A-Za-z0-9\n' _).log
	began=$(date +%s)
	printf '%-58s ' "$1"
}

succeed() { # HOW MANY
	passed=$((passed + $1))
	printf '%4d  ok  %3d s\n' "$1" $(($(date +%s) - began))
}

fail() { # HOW MANY
	failed=$((failed + $1))
	printf '%4d  FAILED  %d s, at the end of %s:\n' "$1" \
		$(($(date +%s) - began)) "$log"
	grep -Ev '^$|^ +Start +[0-9]| Passed  |\[ RUN  |\[  *OK \]' "$log" |
		tail -n 100 | sed 's/^/    /'
	return 1
}

# step NAME COMMAND... - counts as one.
step() {
	begin "$1"
	shift
	if "$@" </dev/null >"$log" 2>&1; then succeed 1; else fail 1; fi
}

# suite NAME BUILD [CTEST OPTION]... - runs a build's tests; each counts. Twice
# as many at once as there are processors: two of three wait for something.
suite() {
	begin "$1"
	build=$2
	shift 2
	status=0
	ctest --test-dir "$build" --no-tests=error --output-on-failure \
		-j $((2 * $(nproc))) "$@" </dev/null >"$log" 2>&1 || status=1
	set -- $(sed -n 's/.* tests passed, \(.*\) tests failed out of/\1/p' \
		"$log")
	bad=${1:-$status}
	all=${2:-$status}
	if [ "$status" = 0 ] && [ "$all" -gt 0 ]; then
		succeed "$all"
	else
		[ "$bad" -gt 0 ] || bad=1
		passed=$((passed + all - bad))
		fail "$bad"
	fi
}
