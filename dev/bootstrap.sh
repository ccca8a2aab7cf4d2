# Sourced by the commands of this folder: what must be there before Python runs.

# The tools are a Python package of this folder.
dev_folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export PYTHONPATH="$dev_folder" PYTHONDONTWRITEBYTECODE=1

# Install the Debian packages that are missing; nothing is done when all are there.
need_debian_packages() {
    local missing=() package as_root=() lock
    if ! command -v dpkg-query >/dev/null; then
        echo "error: this needs Debian 12 or 13 (or a relative of it with apt)" >&2
        exit 1
    fi
    for package in "$@"; do
        case $(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null) in
            installed) ;;
            *) missing+=("$package") ;;
        esac
    done
    [ ${#missing[@]} -eq 0 ] && return
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "error: run this as root first: apt-get install ${missing[*]}" >&2
            exit 1
        fi
        as_root=(sudo)
    fi
    # Two commands at once must not install at once.
    exec {lock}<"$dev_folder"
    flock "$lock"
    echo "-- Installing Debian packages: ${missing[*]} ..."
    if ! quietly apt_get update || ! quietly apt_get install --yes --no-install-recommends "${missing[@]}"; then
        echo "error: these Debian packages are needed: ${missing[*]}" >&2
        echo "Is the Debian archive in reach? Or install them by hand and run this again." >&2
        exit 1
    fi
    exec {lock}<&-
}

apt_get() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@" </dev/null
}

# Run a command, and show what it printed only when it fails.
quietly() {
    local printed status=0
    printed=$("$@" 2>&1) || status=$?
    [ $status -eq 0 ] || tail -n 20 <<<"$printed" >&2
    return $status
}

# Debian's own Python: the versions of the requirements are tried with it.
run_tool() {
    exec /usr/bin/python3 -m "tools.$1" "${@:2}"
}

common_packages=(python3 python3-venv ca-certificates)
# With PGHOST the server is someone else's, and any client is enough.
if [ -z "${PGHOST:-}" ]; then
    database_packages=(postgresql)
elif command -v psql >/dev/null; then
    database_packages=()
else
    database_packages=(postgresql-client)
fi
