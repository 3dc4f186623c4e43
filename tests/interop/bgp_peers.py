"""All kinds of peers."""

from bird_peer import BirdPeer
from exabgp_peer import ExaBgpPeer
from frr_peer import FrrPeer
from gobgp_peer import GoBgpPeer
from openbgpd_peer import OpenBgpPeer

PEERS = (FrrPeer, BirdPeer, GoBgpPeer, OpenBgpPeer, ExaBgpPeer)
