// A part of a page: a title and what a query brings, each with its own waiting and failing.
import type { UseQueryResult } from "@tanstack/react-query";
import { Component, type ReactNode } from "react";
import styles from "./part.module.css";
import { Failed, Loading } from "./states.tsx";

export function Part<T>({
  title,
  aside,
  query,
  rows,
  children,
}: {
  title: string;
  aside?: ReactNode;
  query: UseQueryResult<T>;
  rows?: number;
  children: (data: T) => ReactNode;
}) {
  return (
    <Card title={title} aside={aside}>
      <Loaded what={title} query={query} rows={rows}>
        {children}
      </Loaded>
    </Card>
  );
}

export function Card({
  title,
  aside,
  className,
  children,
}: {
  title?: string;
  aside?: ReactNode;
  className?: string;
  children: ReactNode;
}) {
  return (
    <section className={`${styles.card} ${className ?? ""}`} aria-label={title}>
      {title && (
        <div className={styles.head}>
          <h2>{title}</h2>
          {aside && <span className="muted">{aside}</span>}
        </div>
      )}
      <Boundary what={title ?? ""}>{children}</Boundary>
    </section>
  );
}

export function Loaded<T>({
  what,
  query,
  rows,
  children,
}: {
  what: string;
  query: UseQueryResult<T>;
  rows?: number | undefined;
  children: (data: T) => ReactNode;
}) {
  if (query.data !== undefined)
    return (
      <>
        {query.isError && <Failed what={what} error={query.error} again={() => query.refetch()} />}
        {children(query.data)}
      </>
    );
  if (query.isError)
    return <Failed what={what} error={query.error} again={() => query.refetch()} />;
  return <Loading rows={rows ?? 4} />;
}

// What breaks while it is drawn takes nothing else with it.
class Boundary extends Component<{ what: string; children: ReactNode }, { error: unknown }> {
  state = { error: undefined as unknown };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  render() {
    if (this.state.error === undefined) return this.props.children;
    return (
      <Failed
        what={this.props.what}
        error={this.state.error}
        again={() => this.setState({ error: undefined })}
      />
    );
  }
}
