"""IP addresses, CIDR blocks and URLs for CEL, as strict as the API server's ``ip``, ``cidr`` and ``url``."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from kubelint_lessons.lessons.cel_quantity import Opaque

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface

IP, CIDR, URL = "net.IP", "net.CIDR", "kubernetes.URL"


def _address(text: str) -> IPv4Address | IPv6Address:
    """Return the address; zones, IPv4-mapped addresses and leading zeros are refused."""
    from ipaddress import ip_address

    address = ip_address(text)
    if "%" in text or (address.version == 6 and getattr(address, "ipv4_mapped", None) is not None):
        raise ValueError(f"{text!r} is not an address without a zone or an embedded IPv4 address")
    return address


def _block(text: str) -> IPv4Interface | IPv6Interface:
    from ipaddress import ip_interface

    address, slash, length = text.partition("/")
    _address(address)
    if not slash or not re.fullmatch("0|[1-9][0-9]*", length):
        raise ValueError(f"{text!r} is not a block such as 10.0.0.0/8")
    return ip_interface(text)


def _is(read: Callable[[str], Any]) -> Callable[[str], bool]:
    def answer(text: str) -> bool:
        try:
            read(text)
        except ValueError:
            return False
        return True

    return answer


def _ip(text: str) -> Opaque:
    return {IP: str(_address(text))}


def _is_canonical(text: str) -> bool:
    return str(_address(text)) == text


def _cidr(text: str) -> Opaque:
    return {CIDR: str(_block(text))}


def _ask(question: str) -> Callable[[Opaque], bool]:
    return lambda value: bool(getattr(_address(value[IP]), question))


def _is_link_local(value: Opaque, multicast: bool) -> bool:
    address = _address(value[IP])
    if not multicast:
        return address.is_link_local
    packed = address.packed
    return packed[:3] == b"\xe0\x00\x00" if address.version == 4 else packed[0] == 0xFF and packed[1] & 0x0F == 2


def _is_global_unicast(value: Opaque) -> bool:
    """Return what Go's IsGlobalUnicast does: private addresses count as well."""
    address = _address(value[IP])
    special = address.is_unspecified or address.is_loopback or address.is_multicast or address.is_link_local
    return not special and str(address) != "255.255.255.255"


def _contains_ip(block: Opaque, address: Opaque | str) -> bool:
    inner = _address(address if isinstance(address, str) else address[IP])
    network = _block(block[CIDR]).network
    return inner.version == network.version and inner in network


def _contains_cidr(block: Opaque, other: Opaque | str) -> bool:
    inner = _block(other if isinstance(other, str) else other[CIDR])
    outer = _block(block[CIDR]).network
    if inner.version != outer.version:
        return False
    return inner.network.prefixlen >= outer.prefixlen and inner.ip in outer


def _cidr_ip(block: Opaque) -> Opaque:
    return {IP: str(_block(block[CIDR]).ip)}


def _masked(block: Opaque) -> Opaque:
    return {CIDR: str(_block(block[CIDR]).network)}


_SCHEME = r"([A-Za-z][A-Za-z0-9+.-]*):"
_PORT = r"(?::[0-9]*)?"
_BAD_ESCAPE = r"%(?![0-9A-Fa-f]{2})"
_HOST = r"[A-Za-z0-9\-._~!$&'()*+,;=:\[\]<>\"%\x80-\U0010ffff]*"
_USER = r"[A-Za-z0-9\-._:~!$&'()*+,;=%@]*"


def _url(text: str) -> Opaque:
    """Return the parts of an absolute URL or an absolute path; raises ``ValueError`` as Go's ParseRequestURI."""
    if not text or re.search(r"[\x00-\x1f\x7f]", text):
        raise ValueError(f"{text!r} is not an absolute URL or path")
    found = re.match(_SCHEME, text)
    scheme, rest = (found[1].lower(), text[found.end() :]) if found else ("", text)
    if found and not rest.startswith("/"):
        rest, _, query = rest.partition("?")
        return {URL: {"scheme": scheme, "host": "", "path": "", "query": query}}
    if not rest.startswith("/") and text != "*":
        raise ValueError(f"{text!r} is not an absolute URL or path")
    rest, _, query = rest.partition("?")
    host = ""
    if scheme and rest.startswith("//"):
        authority, slash, tail = rest[2:].partition("/")
        rest = slash + tail
        user, at, host = authority.rpartition("@")
        _check_host(host, text)
        if at and (not re.fullmatch(_USER, user) or re.search(_BAD_ESCAPE, user)):
            raise ValueError(f"{text!r} has an invalid user part")
    if re.search(_BAD_ESCAPE, rest):
        raise ValueError(f"{text!r} has an invalid escape")
    return {URL: {"scheme": scheme, "host": host, "path": rest, "query": query}}


def _check_host(host: str, text: str) -> None:
    port = host[host.rfind("]") + 1 :] if host.startswith("[") else host[host.rfind(":") :] if ":" in host else ""
    if host.startswith("[") and "]" not in host:
        raise ValueError(f"{text!r} has no closing bracket in its host")
    if not re.fullmatch(_PORT, port):
        raise ValueError(f"{text!r} has an invalid port")
    if not re.fullmatch(_HOST, host) or re.search(_BAD_ESCAPE, host):
        raise ValueError(f"{text!r} has an invalid host")


def _hostname(value: Opaque) -> str:
    host: str = value[URL]["host"]
    if host.startswith("["):
        return host[1 : host.find("]")]
    return host.partition(":")[0]


def _port(value: Opaque) -> str:
    host: str = value[URL]["host"]
    return host[host.find("]") + 1 :].partition(":")[2]


def _escaped_path(value: Opaque) -> str:
    from urllib.parse import quote

    return quote(value[URL]["path"], safe="/%!$&'()*+,;=:@-._~[]")


def _query(value: Opaque) -> dict[str, list[str]]:
    from urllib.parse import parse_qs

    return parse_qs(value[URL]["query"], keep_blank_values=True)


def _part(name: str) -> Callable[[Opaque], str]:
    return lambda value: str(value[URL][name])


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "ip(string) -> net.IP": _ip,
    "isIP(string) -> bool": _is(_address),
    "ip.isCanonical(string) -> bool": _is_canonical,
    "net.IP.family() -> int": lambda value: _address(value[IP]).version,
    "net.IP.isUnspecified() -> bool": _ask("is_unspecified"),
    "net.IP.isLoopback() -> bool": _ask("is_loopback"),
    "net.IP.isLinkLocalMulticast() -> bool": lambda value: _is_link_local(value, True),
    "net.IP.isLinkLocalUnicast() -> bool": lambda value: _is_link_local(value, False),
    "net.IP.isGlobalUnicast() -> bool": _is_global_unicast,
    "cidr(string) -> net.CIDR": _cidr,
    "isCIDR(string) -> bool": _is(_block),
    "net.CIDR.containsIP(string) -> bool": _contains_ip,
    "net.CIDR.containsIP(net.IP) -> bool": _contains_ip,
    "net.CIDR.containsCIDR(string) -> bool": _contains_cidr,
    "net.CIDR.containsCIDR(net.CIDR) -> bool": _contains_cidr,
    "net.CIDR.ip() -> net.IP": _cidr_ip,
    "net.CIDR.masked() -> net.CIDR": _masked,
    "net.CIDR.prefixLength() -> int": lambda value: _block(value[CIDR]).network.prefixlen,
    "url(string) -> kubernetes.URL": _url,
    "isURL(string) -> bool": _is(_url),
    "kubernetes.URL.getScheme() -> string": _part("scheme"),
    "kubernetes.URL.getHost() -> string": _part("host"),
    "kubernetes.URL.getHostname() -> string": _hostname,
    "kubernetes.URL.getPort() -> string": _port,
    "kubernetes.URL.getEscapedPath() -> string": _escaped_path,
    "kubernetes.URL.getQuery() -> map<string, list<string>>": _query,
}
"""CEL declaration → implementation."""
