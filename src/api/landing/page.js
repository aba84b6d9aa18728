const form = document.getElementById('form');
const query = document.getElementById('query');
const variables = document.getElementById('variables');
const answer = document.getElementById('answer');

async function ask() {
  answer.textContent = '…';
  try {
    const body = JSON.stringify({ query: query.value, variables: JSON.parse(variables.value || '{}') });
    const response = await fetch('/graphql', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    answer.textContent = JSON.stringify(await response.json(), null, 2);
  } catch (error) {
    answer.textContent = String(error);
  }
}

form.addEventListener('submit', (event) => { event.preventDefault(); ask(); });
form.addEventListener('keydown', (event) => { if (event.key === 'Enter' && event.ctrlKey) { event.preventDefault(); ask(); } });
