"""The script that enrols a VM: START_SCRIPT_BASE64 of its context, or a file of its image."""

from __future__ import annotations

#: The same for all VMs, which differ in the context variables that the context packages export to it.
SCRIPT = r"""#!/bin/sh
# Makes this VM a minion of the Salt master that its context names. It is run at each boot and when the context has
# changed; where nothing has changed it only sees to it that the minion runs.
set -eu
umask 077

[ -n "${SALT_MASTER:-}" ] || exit 0
etc=${SALT_CONFIG_DIR:-/etc/salt}
pki=$etc/pki/minion
conf=$etc/minion.d/opennebula.conf

fail() {
    echo "enrolment: $*" >&2
    exit 1
}

for name in SALT_MASTER SALT_MASTER_FINGER SALT_MINION_ID; do
    eval "value=\${$name:-}"
    case $value in
        '' | *[!A-Za-z0-9.:_@-]*) fail "$name of the context is missing, or is not what it should be" ;;
    esac
done
for tool in openssl salt-minion; do
    command -v "$tool" >/dev/null || fail "$tool is not installed"
done

ticket=${SALT_ENROLMENT_TOKEN:-}
key=${ticket#*.}
ticket=${ticket%%.*}
mkdir -p "$pki" "$etc/minion.d"

# A new ticket is for a new key: the image may hold that of the VM which it was saved from.
if [ -n "$ticket" ] && ! grep -qs "^# ticket $ticket\$" "$conf"; then
    rm -f "$pki/minion.pem"
fi
if [ ! -s "$pki/minion.pem" ]; then
    openssl genrsa -out "$pki/minion.pem.new" 4096 2>/dev/null
    openssl rsa -in "$pki/minion.pem.new" -pubout -out "$pki/minion.pub" 2>/dev/null
    mv "$pki/minion.pem.new" "$pki/minion.pem"
fi

{
    echo "# Written at each boot from the context of this VM, by its enrolment."
    echo "# ticket $ticket"
    echo "id: '$SALT_MINION_ID'"
    echo "master: '$SALT_MASTER'"
    echo "master_finger: '$SALT_MASTER_FINGER'"
    echo "rejected_retry: true"
    if [ -n "$ticket" ]; then
        proof=$(printf '%s\n%s' "$SALT_MINION_ID" "$(cat "$pki/minion.pub")" | openssl dgst -sha256 -hmac "$key")
        echo "autosign_grains: [opennebula_enrolment]"
        echo "grains: {opennebula_enrolment: '$ticket.${proof##*= }'}"
    fi
} >"$conf.new"

if cmp -s "$conf.new" "$conf"; then
    rm "$conf.new"
    action=start
else
    # Its fingerprint is compared only while there is no copy of the master's key.
    rm -f "$pki/minion_master.pub"
    mv "$conf.new" "$conf"
    action=restart
fi

if command -v systemctl >/dev/null; then
    systemctl --quiet enable salt-minion
    systemctl --no-block "$action" salt-minion
else
    service salt-minion "$action"
fi
"""
