import { rolesOf } from './roles-page';

/** Who may do something, and on what. */
export interface Statement {
  readonly who: string;
  readonly resources: string[];
}

/** Everybody who may do something by what is deployed, with deletion enabled. */
export function whoMay(action: string): Statement[] {
  return rolesOf().flatMap(([who, documents]) => {
    const statements = documents.flatMap((it): any[] => it.Statement);
    const allowed = statements
      .filter(({ Effect, Action }) => Effect === 'Allow' && list(Action).some(is(action)))
      .flatMap(({ Resource }) => list(Resource));
    return allowed.length > 0 ? [{ who, resources: [...new Set(allowed)] }] : [];
  });
}

/** Everybody who may do something with this one, by what is deployed: a denial stands above. */
export function whoMayWith(action: string, resource: string): string[] {
  return rolesOf().flatMap(([who, documents]) => {
    const effects = documents
      .flatMap((it): any[] => it.Statement)
      .filter(
        ({ Action, Resource }) =>
          list(Action).some(is(action)) && list(Resource).some(is(resource)),
      )
      .map(({ Effect }) => Effect);
    return effects.includes('Allow') && !effects.includes('Deny') ? [who] : [];
  });
}

function list(value: string | string[]): string[] {
  return Array.isArray(value) ? value : [value];
}

/** Whether a statement's action or resource, which may have wildcards, takes this one. */
function is(action: string): (pattern: string) => boolean {
  return (pattern) => {
    const parts = pattern.split('*').map((it) => it.replace(/[.?+^$()[\]{}|\\]/g, '\\$&'));
    return new RegExp(`^${parts.join('.*')}$`, 'i').test(action);
  };
}
