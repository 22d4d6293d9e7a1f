# Builds the web client and the C# projects. Sourced by ./mcu.

# build_csharp CONFIGURATION PROJECT: prints errors only.
build_csharp() {
    if [ ! -e "$ROOT/$2" ]; then
        say "there is no $2 to build"
        return 1
    fi
    dotnet build "$ROOT/$2" -c "$1" --nologo -v quiet -clp:ErrorsOnly
}

# True when the web client's output is older than any of its sources, or absent.
web_is_stale() {
    local web=$1
    [ -f "$web/dist/index.html" ] || return 0
    [ -n "$(find "$web" \( -name node_modules -o -name dist \) -prune -o -type f -newer "$web/dist/index.html" -print -quit)" ]
}

install_web_packages() {
    local web=$1
    [ "$web/node_modules/.package-lock.json" -nt "$web/package-lock.json" ] || (cd "$web" && npm ci --no-audit --no-fund --loglevel=error)
}

build_web() {
    local web=$ROOT/src/Mcu.Web
    [ -f "$web/package.json" ] && web_is_stale "$web" || return 0
    say "building the web client"
    install_web_packages "$web"
    (cd "$web" && npm run --silent build)
    # A build whose output did not change must still count as newer than its sources.
    touch "$web/dist/index.html"
}
