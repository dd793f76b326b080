import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "./shared/tokens.css";

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <main>
      <h1>Bellwether</h1>
    </main>
  </StrictMode>,
);
