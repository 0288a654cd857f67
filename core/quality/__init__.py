"""How good models are: published scores, local runs by mteb, and a user's own labels."""
