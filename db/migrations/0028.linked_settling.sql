-- F4: what a push could not change because it is being settled; the rest of it was taken.
-- depends: 0014.linked 0027.heard

ALTER TABLE linked_push ADD COLUMN settling integer NOT NULL DEFAULT 0;
