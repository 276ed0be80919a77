"""Names of units in Spanish, French, German, Portuguese, Italian and Russian, by their English name."""

ABROAD = {
    "meter": "metro metros mètre mètres metri metern метр метра метров метры м",
    "kilometer": "kilómetro kilómetros kilometro kilometros kilomètre kilomètres kilometre kilometern quilômetro quilômetros "
    "quilómetro quilómetros chilometro chilometri километр километра километров км",
    "centimeter": "centímetro centímetros centimetro centimetros centimètre centimètres zentimeter zentimetern centimetri "
    "сантиметр сантиметра сантиметров см",
    "millimeter": "milímetro milímetros milimetro milimetros millimètre millimètres millimetern millimetro millimetri "
    "миллиметр миллиметра миллиметров мм",
    "decimeter": "decímetro decímetros décimètre décimètres dezimeter decimetro decimetri дециметр дециметра дециметров дм",
    "gram": "gramo gramos gramme grammes gramm grama gramas grammo grammi грамм грамма граммов г",
    "kilogram": "kilogramo kilogramos kilogramme kilogrammes kilogramm quilograma quilogramas quilo quilos kilo kilos "
    "chilogrammo chilogrammi chilo chili килограмм килограмма килограммов кг",
    "milligram": "miligramo miligramos milligramme milligrammes milligramm miligrama miligramas миллиграмм миллиграмма мг",
    "tonne": "tonelada toneladas tonnellata tonnellate тонна тонны тонн",
    "liter": "litro litros litern litri литр литра литров л",
    "milliliter": "mililitro mililitros millilitres millilitern millilitro millilitri миллилитр миллилитра миллилитров мл",
    "second": "segundo segundos seconde secondes sekunde sekunden secondo secondi секунда секунды секунд",
    "minute": "minuto minutos minuten minuti минута минуты минут мин",
    "hour": "hora horas heure heures stunde stunden std ora ore час часа часов ч",
    "day": "día días dia dias jour jours tag tage tagen giorno giorni день дня дней",
    "week": "semana semanas semaine semaines woche wochen settimana settimane неделя недели недель",
    "month": "mes meses mois monat monate monaten mês mese mesi месяц месяца месяцев",
    "year": "año años anos ano année années jahr jahre jahren anno anni год года лет",
    "degree": "grado grados degré degrés grad grau graus gradi градус градуса градусов",
    "dollar": "dólar dólares dolares dollaro dollari доллар доллара долларов",
    "cent": "centavo centavos centime centimes цент цента центов",
    "euro": "евро",
    "rouble": "рубль рубля рублей руб",
    "newton": "ньютон ньютона ньютонов н",
    "joule": "julio julios джоуль джоуля джоулей дж",
    "watt": "vatio vatios ватт ватта вт",
    "volt": "voltio voltios вольт вольта",
    "mile": "milla millas mille meile meilen miglio miglia миля мили миль",
    "inch": "pulgada pulgadas pouce pouces zoll polegada polegadas pollice pollici дюйм дюйма дюймов",
}
"""Words that are also numbers or other words in English or in one of these languages are left out, such as "pies"."""
