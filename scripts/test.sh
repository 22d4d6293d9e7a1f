# Runs the tests and adds them up. Sourced by ./mcu.
# The last line is always 'N passed, N failed' (', N skipped' follows when there are any), and the exit code says the same.

passed=0
failed=0
skipped=0

# count PASSED FAILED SKIPPED
count() {
    passed=$((passed + $1))
    failed=$((failed + $2))
    skipped=$((skipped + $3))
}

# step NAME COMMAND...: runs a command that counts as one test; its output is shown when it fails.
step() {
    local name=$1 log
    shift
    log=$(mktemp)
    if "$@" >"$log" 2>&1; then
        say "ok: $name"
        count 1 0 0
    else
        cat "$log"
        say "FAILED: $name"
        count 0 1 0
    fi
    rm -f "$log"
}

# number_after LABEL FILE: the number behind 'LABEL: ' in a summary line.
number_after() {
    grep -oE "$1: [0-9]+" "$2" | tail -1 | grep -oE '[0-9]+$' || echo 0
}

# run_suite DLL: one xunit executable; its summary line says 'Total: N, Errors: N, Failed: N, Skipped: N'.
run_suite() {
    local dll=$1 name log code=0 total bad skip
    name=$(basename "$dll" .dll)
    log=$(mktemp)
    dotnet "$dll" -noColor -noLogo >"$log" 2>&1 || code=$?
    total=$(number_after Total "$log")
    bad=$(($(number_after Failed "$log") + $(number_after Errors "$log")))
    skip=$(number_after Skipped "$log")
    # A suite that crashed, or ran nothing, has failed even if no test of it did.
    if [ "$code" -ne 0 ] && [ "$bad" -eq 0 ]; then bad=1; fi
    if [ "$total" -eq 0 ] && [ "$bad" -eq 0 ]; then bad=1; fi
    if [ "$bad" -gt 0 ]; then cat "$log"; fi
    local good=$((total - bad - skip))
    [ "$good" -ge 0 ] || good=0
    say "$name: $good passed, $bad failed, $skip skipped"
    count "$good" "$bad" "$skip"
    rm -f "$log"
}

suite_dll() {
    printf '%s/tests/%s/bin/%s/net10.0/%s.dll' "$ROOT" "$2" "$1" "$2"
}

test_unit() {
    local directory name
    for directory in "$ROOT"/tests/*.Tests; do
        name=$(basename "$directory")
        run_suite "$(suite_dll Debug "$name")"
    done
}

# The native library's own tests, over damaged bitstreams, under AddressSanitizer and UndefinedBehaviorSanitizer.
test_native() {
    local build=$ROOT/native/build-sanitize
    step "native library builds with sanitizers" native_build "$build"
    step "native tests under sanitizers" ctest --test-dir "$build" --output-on-failure --no-tests=error
}

native_build() {
    cmake -S "$ROOT/native" -B "$1" -DMCU_SANITIZE=ON && cmake --build "$1" -j "$(nproc)"
}

test_web() {
    local web=$ROOT/src/Mcu.Web
    step "web: packages" install_web_packages "$web"
    step "web: types and style" npm --prefix "$web" run --silent check
    step "web: tests" npm --prefix "$web" run --silent test
}

test_compose() {
    step "docker-compose.yml" env MCU_API_KEY=check MCU_TOKEN_SECRET=check MCU_TURN_SECRET=check MCU_ANNOUNCE=192.0.2.1 \
        docker-compose -f "$ROOT/docker-compose.yml" config -q
}

test_fuzz() {
    step "fuzz targets, a short run each" dotnet "$(suite_dll Debug Mcu.Fuzz)" smoke
}

# Browsers and other real clients against the server as it ships: built for release. Screenshots and logs: artifacts/interop.
test_interop() {
    local interop=$ROOT/tests/Interop
    if build_csharp Release src/Mcu.Server && (cd "$interop" && npm ci --no-audit --no-fund --loglevel=error); then
        run_node_suite "$interop" test
    else
        say "FAILED: building what the interop tests need"
        count 0 1 0
    fi
}

# run_node_suite DIR SCRIPT: one suite of node's test runner; its summary has lines such as 'pass 12' behind a mark.
run_node_suite() {
    local name log code=0 good bad skip
    name=$(basename "$1")
    log=$(mktemp)
    npm --prefix "$1" run "$2" >"$log" 2>&1 || code=$?
    good=$(node_count pass "$log")
    bad=$(($(node_count fail "$log") + $(node_count cancelled "$log")))
    skip=$(node_count skipped "$log")
    if [ "$bad" -eq 0 ] && { [ "$code" -ne 0 ] || [ "$good" -eq 0 ]; }; then bad=1; fi
    if [ "$bad" -gt 0 ]; then cat "$log"; fi
    say "$name: $good passed, $bad failed, $skip skipped"
    count "$good" "$bad" "$skip"
    rm -f "$log"
}

# node_count WORD FILE: the number behind 'ℹ WORD ' or '# WORD ' in the summary.
node_count() {
    grep -oE "^[^ ]+ $1 [0-9]+$" "$2" | tail -1 | grep -oE '[0-9]+$' || echo 0
}

report() {
    local line="$passed passed, $failed failed"
    if [ "$skipped" -gt 0 ]; then line+=", $skipped skipped"; fi
    printf '%s\n' "$line"
    [ "$failed" -eq 0 ]
}

run_tests() {
    case $1 in
        unit) setup build ;;
        all | interop) setup test ;;
        *)
            say "test knows 'unit' and 'interop', not '$1'"
            return 2
            ;;
    esac

    build_web || count 0 1 0
    if [ "$1" = interop ]; then
        test_interop
        report
        return
    fi
    if build_csharp Debug Mcu.sln; then
        test_unit
    else
        say "FAILED: the build"
        count 0 1 0
    fi
    if [ "$1" = all ]; then
        test_native
        test_web
        test_compose
        if [ "$failed" -eq 0 ]; then
            test_fuzz
            test_interop
        fi
    fi
    report
}
