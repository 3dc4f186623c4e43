"""Small faults of the BGP state machines and of the decoder for `mutate.py`: what somebody might
write by mistake."""

from mutations import codec, peer, restart, routes, sender, session

MUTATIONS = (session.SESSION + peer.PEER + restart.RESTART + peer.LIMIT + codec.CAPABILITY
             + codec.MESSAGE + codec.NOTIFICATION + codec.UPDATE + codec.ATTRIBUTES
             + codec.PACKED + routes.ROUTES + sender.SENDER)
