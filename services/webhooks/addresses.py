"""Which addresses a webhook may be sent to: those of the public internet."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

_UNICAST = IPv6Network("2000::/3")
_SIX_TO_FOUR = IPv6Network("2002::/16")
_NAT64 = IPv6Network("64:ff9b::/96")

# Looks public, and is how machines of a cloud reach what manages them.
_MANAGEMENT = ip_network("168.63.129.16/32")


def is_public(text: str) -> bool:
    """Whether an address, as a resolver writes it, is one that anybody on the internet may ask."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    return _is_public_v6(address) if isinstance(address, IPv6Address) else _is_public_v4(address)


def _is_public_v4(address: IPv4Address) -> bool:
    # `is_global` knows the private, shared, loopback, link-local and documentation ranges of the IANA registry.
    return address.is_global and not (address.is_multicast or address.is_reserved) and address not in _MANAGEMENT


def _is_public_v6(address: IPv6Address) -> bool:
    if address.ipv4_mapped is not None:
        return _is_public_v4(address.ipv4_mapped)
    if address in _NAT64:
        return _is_public_v4(IPv4Address(int(address) & 0xFFFF_FFFF))
    return address in _UNICAST and address not in _SIX_TO_FOUR and address.is_global and address.scope_id is None
