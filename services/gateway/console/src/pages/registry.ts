// The pages, in the order of the navigation. One more page is its folder and its line here.
import type { Page } from "../app/page.ts";
import { account } from "./account/index.ts";
import { accounts } from "./accounts/index.ts";
import { board } from "./board/index.ts";
import { data } from "./data/index.ts";
import { models } from "./models/index.ts";
import { pipeline } from "./pipeline/index.ts";
import { portfolio } from "./portfolio/index.ts";
import { rules } from "./rules/index.ts";
import { system } from "./system/index.ts";

export const pages: readonly Page[] = [
  board,
  portfolio,
  accounts,
  account,
  pipeline,
  data,
  rules,
  models,
  system,
];
