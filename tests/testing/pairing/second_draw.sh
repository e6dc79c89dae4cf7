#!/bin/sh
# A second implementation of the draw, in shell, awk and openssl, that shares nothing with the first but its description
# (docs/reference/draw.md): takes key, label and count, and on standard input one line for each landlord with a single
# eligible advert, its mark and the advert's key between a tab; prints the keys of the adverts that are drawn, in order.
#
#   printf 'email:a@b.example\tportal/1\n' | sh second_draw.sh KEY_IN_HEX plan/wave1/sample/private 1
set -eu
key=$1 label=$2 count=$3
hmac() { openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -r | cut -c1-64; }

# Landlords in the order of their pseudonyms: the first 16 hexadecimal digits of HMAC-SHA256(key, mark).
listed=$(while IFS="$(printf '\t')" read -r mark advert; do
    printf '%s\t%s\n' "$(printf '%s' "$mark" | hmac | cut -c1-16)" "$advert"
done | LC_ALL=C sort | cut -f2)

# Block i is HMAC-SHA256(key, label, a zero byte, i as eight bytes).
stream=
block=0
while [ "$block" -lt 64 ]; do
    stream=$stream$({ printf '%s\000' "$label"; printf '\000\000\000\000\000\000\000'; printf "\\$(printf %03o "$block")"; } | hmac)
    block=$((block + 1))
done

printf '%s\n' "$listed" | awk -v hex="$stream" -v count="$count" '
function byte(  high, low) {
    high = index("0123456789abcdef", substr(hex, at, 1)) - 1
    low = index("0123456789abcdef", substr(hex, at + 1, 1)) - 1
    at += 2
    return 16 * high + low
}
# A whole number under a limit: as few bytes as hold its bits, high bits cut off, numbers too high rejected.
function below(limit,  width, size, k, number) {
    for (width = 0; 2 ^ width < limit; width++) {}
    size = int((width + 7) / 8)
    do {
        number = 0
        for (k = 0; k < size; k++) number = 256 * number + byte()
        number %= 2 ^ width
    } while (number >= limit)
    return number
}
{ item[NR - 1] = $0 }
END {
    at = 1
    for (first = 0; first < count; first++) {
        other = first + below(NR - first)
        kept = item[first]; item[first] = item[other]; item[other] = kept
        print item[first]
    }
}'
