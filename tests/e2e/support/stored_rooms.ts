/** Runs in the page: whether the rooms that it has stored for its next start hold a text. */
export async function storesText(text: string): Promise<boolean> {
  const resultOf = <T>(request: IDBRequest<T>) =>
    new Promise<T>((resolve) => request.onsuccess = () => resolve(request.result));
  const [{ name }] = await indexedDB.databases() as [{ name: string }];
  const database = await resultOf(indexedDB.open(name));
  const rooms = await resultOf(database.transaction("rooms").objectStore("rooms").getAll());
  database.close();
  return JSON.stringify(rooms).includes(text);
}
