# Installs what is missing on Debian 12. Sourced by ./mcu; idempotent, and quick when nothing is missing.

BUILD_PACKAGES=(
    gcc libc6-dev cmake make pkg-config
    libopus-dev libvpx-dev libx264-dev libyuv-dev libavcodec-dev libavutil-dev libssl-dev
    fonts-noto-core fonts-noto-cjk fonts-dejavu-core fontconfig
)
RUNTIME_PACKAGES=(
    libopus0 libvpx7 libx264-164 libyuv0 libavcodec59 libavutil57 libssl3 ca-certificates
    fonts-noto-core fonts-noto-cjk fonts-dejavu-core fontconfig
)
TEST_PACKAGES=(
    chromium firefox-esr python3-aiortc ffmpeg asterisk-core-sounds-en-wav docker-compose coturn baresip-core sip-tester
    python3-gi gir1.2-gst-plugins-bad-1.0 gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-nice
)
BENCH_PACKAGES=(
    janus asterisk-core-sounds-en-wav pocketsphinx pocketsphinx-en-us
)
# Debian has it for this architecture alone; elsewhere OpenSSL does its work.
if [ "$(uname -m)" = x86_64 ]; then
    BUILD_PACKAGES+=(libipsec-mb-dev)
    RUNTIME_PACKAGES+=(libipsec-mb1)
fi
readonly BUILD_PACKAGES RUNTIME_PACKAGES TEST_PACKAGES BENCH_PACKAGES

say() {
    printf 'mcu: %s\n' "$*" >&2
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        say "needs root for: $*"
        say "run './mcu setup' as root once, or install sudo"
        return 1
    fi
}

# Prints those of the given Debian packages that are not installed.
missing_packages() {
    local package
    for package in "$@"; do
        printf '%s\n' "$package"
    done | grep -vxF -f <(dpkg-query -W -f '${db:Status-Abbrev}${Package}\n' "$@" 2>/dev/null | sed -n 's/^ii *//p') || true
}

install_packages() {
    local missing
    mapfile -t missing < <(missing_packages "$@")
    [ ${#missing[@]} -gt 0 ] || return 0
    say "installing: ${missing[*]}"
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# Debian starts a service when it is installed. The benchmark starts Janus itself, and nobody asked for one that listens for the world.
keep_service_off() {
    [ ! -d /run/systemd/system ] || [ -e "/lib/systemd/system/$1.service" ] || as_root systemctl mask --quiet "$1.service"
}

# Node.js may come from elsewhere than Debian, so its commands count and not its packages.
install_node() {
    local wanted=()
    command -v node >/dev/null || wanted+=(nodejs)
    command -v npm >/dev/null || wanted+=(npm)
    [ ${#wanted[@]} -eq 0 ] || install_packages "${wanted[@]}"
}

require_dotnet() {
    if command -v dotnet >/dev/null && dotnet --list-sdks | grep -q '^10\.'; then
        return 0
    fi
    cat >&2 <<'TXT'
mcu: the .NET 10 SDK is missing, and Debian 12 has no package of it. Install it in one of two ways, then run this again:
  - Microsoft's Debian packages: https://learn.microsoft.com/dotnet/core/install/linux-debian
    (package dotnet-sdk-10.0)
  - without root: https://dot.net/v1/dotnet-install.sh, with '--channel 10.0',
    then add ~/.dotnet to PATH
TXT
    return 1
}

setup() {
    case $1 in
        build)
            require_dotnet
            install_packages "${BUILD_PACKAGES[@]}"
            install_node
            ;;
        runtime) install_packages "${RUNTIME_PACKAGES[@]}" ;;
        test)
            setup build
            keep_service_off coturn
            install_packages "${TEST_PACKAGES[@]}"
            ;;
        bench)
            setup build
            keep_service_off janus
            install_packages "${BENCH_PACKAGES[@]}"
            ;;
        *)
            say "setup knows 'build', 'runtime', 'test' and 'bench', not '$1'"
            return 2
            ;;
    esac
}
