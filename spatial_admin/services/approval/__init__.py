"""Four eyes: whose edits of which nature a second person has to agree to."""
