"""Which addresses a webhook may be sent to: those of the public internet."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")

# What older Pythons call global; and the address by which machines of a cloud reach what manages them.
_NOT_V4 = (IPv4Network("192.0.0.0/24"), IPv4Network("192.88.99.0/24"), IPv4Network("168.63.129.16/32"))
# 6to4, which leads to any IPv4 address; documentation.
_NOT_V6 = (IPv6Network("2002::/16"), IPv6Network("3fff::/20"))


def is_public(text: str) -> bool:
    """Whether an address, as a resolver writes it, is one that anybody on the internet may ask."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    return _is_public_v6(address) if isinstance(address, IPv6Address) else _is_public_v4(address)


def _is_public_v4(address: IPv4Address) -> bool:
    # `is_global` knows the private, shared, loopback, link-local and documentation ranges of the IANA registry.
    is_host = address.is_global and not (address.is_multicast or address.is_reserved)
    return is_host and not any(address in network for network in _NOT_V4)


def _is_public_v6(address: IPv6Address) -> bool:
    if address.ipv4_mapped is not None:
        return _is_public_v4(address.ipv4_mapped)
    if address in _NAT64:
        return _is_public_v4(IPv4Address(int(address) & 0xFFFF_FFFF))
    is_host = address in _UNICAST and address.is_global and address.scope_id is None
    return is_host and not any(address in network for network in _NOT_V6)
