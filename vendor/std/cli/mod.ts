/** Helpers for command-line tools: the part of @std/cli that this project uses. @module */
export * from "./parse_args.ts";
export * from "./prompt_secret.ts";
