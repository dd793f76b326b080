import { createContext } from "react";
import type { Page } from "./page.ts";

export const NavContext = createContext<readonly Page[]>([]);
