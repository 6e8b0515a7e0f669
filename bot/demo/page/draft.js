// What a person is about to send. Kept apart from the page's nodes: switching phones or language loses nothing.

const drafts = new Map();

export function draftOf(id) {
  if (!drafts.has(id)) drafts.set(id, { text: "", replyTo: null, editing: null, files: [], asFiles: false });
  return drafts.get(id);
}

export function clearDraft(id) {
  const draft = draftOf(id);
  draft.files.forEach((file) => URL.revokeObjectURL(file.preview));
  drafts.delete(id);
}

const ALBUM = 10; // Telegram puts at most ten files into one album

// Photos and other files as the sends they become: [{as, files}], albums of at most ten.
export function parcels(draft) {
  const photos = draft.asFiles ? [] : draft.files.filter((file) => file.isPhoto);
  const others = draft.files.filter((file) => !photos.includes(file));
  return [...slices(photos, "photo"), ...slices(others, "document")];
}

function slices(files, as) {
  const count = Math.ceil(files.length / ALBUM);
  return Array.from({ length: count }, (_, index) => ({ as, files: files.slice(index * ALBUM, (index + 1) * ALBUM) }));
}
