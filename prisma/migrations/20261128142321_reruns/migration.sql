-- How often an operation was begun again because the store had lost its end.
ALTER TABLE "operations" ADD COLUMN "reruns" INTEGER NOT NULL DEFAULT 0;
