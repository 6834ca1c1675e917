from __future__ import annotations

from tests.real.network import alone


def test_what_a_real_interface_carries_is_measured_against_its_capacity() -> None:
    sent, received, unbound = alone("""
        import socket
        from probed.checks import since_last_look
        since_last_look.NEAREST_S = 0
        ip("link", "add", "va", "type", "veth", "peer", "name", "vb")
        for name, address in (("va", "198.51.100.1/24"), ("vb", "198.51.100.2/24")):
            ip("address", "add", address, "dev", name)
            ip("link", "set", name, "up")
        ip("neighbour", "add", "198.51.100.9", "lladdr", "02:00:00:00:00:09", "dev", "va")
        params = {"interfaces": "va", "capacity": 1, "warning": "80%"}
        told("traffic", params)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            began = time.monotonic()
            while time.monotonic() - began < 0.3:
                for _ in range(100):
                    sender.sendto(bytes(1000), ("198.51.100.9", 4711))
        found = told("traffic", params)
        print(json.dumps([found["va sent"], found["va received"], told("traffic", {"interfaces": "va"})["va sent"]]))
    """)

    assert sent[0] == "warning"
    assert sent[1] > 1
    assert "of what it can carry" in sent[2]
    assert received[0] is None
    assert unbound[0] is None
