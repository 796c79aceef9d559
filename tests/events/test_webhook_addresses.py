"""Where a webhook may go: to what is public, and nowhere near us."""

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.events.webhooks.addresses import has_usual_port, may_be_called, read_url

INSIDE = [
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "169.254.169.254", "100.64.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.192", "192.88.99.1",
    "198.18.0.1", "192.0.2.1", "198.51.100.7", "203.0.113.7", "224.0.0.1", "239.1.1.1", "240.0.0.1",
    "255.255.255.255",
    "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "::7f00:1",
    "64:ff9b::a00:1", "64:ff9b::808:808", "64:ff9b:1::a00:1", "2002:a00:1::1", "2002:808:808::1",
    "2001:0:4136:e378::1", "2001:db8::1", "2001:2::1", "3fff::1", "100::1", "5f00::1",
]  # fmt: skip

OUTSIDE = [
    "8.8.8.8",
    "1.1.1.1",
    "172.32.0.1",
    "100.128.0.1",
    "169.253.0.1",
    "2606:4700::1111",
    "2a00:1450::1",
]


@pytest.mark.parametrize("address", INSIDE)
def test_internal_and_unassigned_addresses_are_not_called(address: str) -> None:
    assert not may_be_called(address)


@pytest.mark.parametrize("address", OUTSIDE)
def test_what_is_public_is_called(address: str) -> None:
    assert may_be_called(address)


@pytest.mark.parametrize("written", ["", "localhost", "2130706433", "0x7f.1", "127.1", "0177.0.0.1", "1.2.3"])
def test_what_is_no_address_is_not_called(written: str) -> None:
    assert not may_be_called(written)


@given(st.ip_addresses(v=4))
def test_whatever_python_calls_private_is_refused(address: IPv4Address) -> None:
    if not address.is_global or address.is_multicast or address.is_reserved:
        assert not may_be_called(str(address))


@given(st.ip_addresses(v=4))
def test_no_address_is_called_in_the_guise_of_the_other_kind(address: IPv4Address) -> None:
    number = int(address)
    for guise in (0xFFFF << 32, 0, 0x64_FF9B << 96, 0x64_FF9B_0001 << 80):
        assert not may_be_called(str(IPv6Address(guise | number)))
    assert not may_be_called(str(IPv6Address(0x2002 << 112 | number << 80)))


def test_only_the_explicit_setting_lets_this_machine_be_called() -> None:
    for address in ("127.0.0.1", "::1"):
        assert may_be_called(address, loopback=True)
    for address in ("10.0.0.1", "169.254.169.254", "::ffff:127.0.0.1", "fe80::1"):
        assert not may_be_called(address, loopback=True)


def test_a_url_is_taken_apart() -> None:
    target = read_url("https://hooks.keyring.example/referrals?for=N55")
    assert (target.secure, target.host, target.port) == (True, "hooks.keyring.example", 443)
    assert (target.path, target.authority) == ("/referrals?for=N55", "hooks.keyring.example")
    other = read_url("https://hooks.keyring.example:8443")
    assert (other.path, other.authority) == ("/", "hooks.keyring.example:8443")


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.keyring.example/", "ftp://hooks.keyring.example/", "hooks.keyring.example", "",
        "https://", "https:///path", "https://keyring/", "https://localhost/", "https://127.0.0.1/",
        "https://[::1]/", "https://2130706433/", "https://0x7f.0.0.1/", "https://127.1/",
        "https://user@hooks.keyring.example/", "https://a:b@hooks.keyring.example/",
        "https://hooks.keyring.example/#part", "https://hooks.keyring.example\\@evil.example/",
        "https://hooks.keyring.example/a b", "https://hooks.keyring.example/\r\nX-More: 1",
        "https://hooks.keyring.example:0/", "https://hooks.keyring.example:99999/",
        "https://h\u00f6oks.example/", "https://hooks..example/", "https://-hooks.example/",
        "https://hooks.keyring.example./", "https://" + "a" * 64 + ".example/",
        "https://hooks.keyring.example/" + "a" * 2000,
    ],
)  # fmt: skip
def test_what_is_no_such_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        read_url(url)
    assert not url or url not in str(refused.value)


def test_a_receiver_has_the_usual_port_unless_it_is_on_this_machine_and_that_is_allowed() -> None:
    for url in ("https://hooks.keyring.example/", "https://hooks.keyring.example:443/"):
        assert has_usual_port(read_url(url))
    for port in (22, 80, 5432, 8443):
        other = read_url(f"https://hooks.keyring.example:{port}/")
        assert not has_usual_port(other)
        assert not has_usual_port(other, loopback=True)
    assert has_usual_port(read_url("http://127.0.0.1:9000/", loopback=True), loopback=True)


def test_plain_http_goes_to_this_machine_alone_and_only_when_told() -> None:
    assert not read_url("http://127.0.0.1:9000/", loopback=True).secure
    for url in ("http://hooks.keyring.example/", "http://10.0.0.1/", "http://[::1]/"):
        with pytest.raises(ValueError, match=r"https|domain name"):
            read_url(url, loopback=True)
