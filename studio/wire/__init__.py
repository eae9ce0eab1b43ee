"""A1111's request and answer bodies, and how they become the studio's words. Pure; one file per kind of body."""
