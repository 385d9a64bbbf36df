/** Helpers around the file system: the part of @std/fs that this project uses. @module */
export * from "./copy.ts";
export * from "./ensure_dir.ts";
export * from "./exists.ts";
export * from "./walk.ts";
